"""The desk: takes commands from people, checks them against the rules, and begins what they ask for."""
