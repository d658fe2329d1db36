"""What is kept, what is thrown away and what is brought back."""
