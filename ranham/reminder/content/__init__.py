"""What reminders say: facts, words, templates, the letter and the calendar."""
