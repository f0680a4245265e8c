"""Webhooks: addresses of other programs that are told when a release is published, superseded or dropped."""
