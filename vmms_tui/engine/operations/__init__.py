"""Long acts as steps that can be taken up again after a crash."""
