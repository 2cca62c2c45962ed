"""The properties that an exporter must have, by subject: functions that take a trial and raise `PropertyBroken`."""
