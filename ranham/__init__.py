"""RANHAM engine: tracks the actions of Indonesia's national action plan on human rights."""
