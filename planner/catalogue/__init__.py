"""What is on file: units, qualifications, tasks at work, offers."""
