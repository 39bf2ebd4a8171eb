"""What a person sees and changes of a session, without HTTP: for the commands and pages."""
