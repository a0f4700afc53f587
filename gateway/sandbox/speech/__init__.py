"""Recognition, translation and voices for the counterpart `speech`: an optional extra, in processes of its own."""
