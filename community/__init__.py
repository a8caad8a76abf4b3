"""The ground: people, places and trust, on which every other floor stands."""
