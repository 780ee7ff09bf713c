"""What the pages share: the shell, the address, the visit's memory, the way back."""
