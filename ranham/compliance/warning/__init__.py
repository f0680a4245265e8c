"""Early warning: who may be late or missing next time, whose answers fell, whose readings will not be done in time."""
