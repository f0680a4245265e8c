"""Evidence (data dukung): bytes taken in as a stream, judged by content, kept once under their SHA-256."""
