"""What `check` and `/cld doctor` know: rules over facts, each with a sentence and its mend."""
