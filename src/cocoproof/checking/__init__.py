"""The verifier: rules over columns, and the engine that turns their violations into findings and verdicts."""
