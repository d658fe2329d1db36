"""Why a question is answered as it is, as a value, as text and as JSON."""
