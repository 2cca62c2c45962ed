"""The properties that an exporter must keep, by subject: plain functions that take a trial and raise `Broken`."""
