"""The verifier: rules over columns, and the engine that turns their hits into findings and verdicts."""
