"""Where the released package has it."""
