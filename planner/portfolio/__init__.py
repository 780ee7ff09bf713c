"""What is achieved: the verdict, the way home, where it leads."""
