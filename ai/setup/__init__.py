"""What the extension needs of the machine: packages, the doctor's report, the log. No torch at import."""
