"""Addresses with a secret in them: to confirm or correct a contact, and calendars to subscribe to."""
