"""A slow, obviously right account of what happened, to compare the genealogy with."""


class History:
    """Every transformation and movement as told by whoever did it; names of lots."""

    def __init__(self):
        self.steps = []  # ({input: quantity}, {output, …})
        self.on_hand = {}
        self.shipped = {}
        self.consumed = {}

    def add(self, name, quantity):
        self.on_hand[name] = self.on_hand.get(name, 0) + quantity

    def transform(self, inputs, outputs):
        """Lots went into others: ``{name: quantity}`` both."""
        self.steps.append((dict(inputs), set(outputs)))
        for name, quantity in inputs.items():
            self.add(name, -quantity)
            self.consumed[name] = self.consumed.get(name, 0) + quantity
        for name, quantity in outputs.items():
            self.add(name, quantity)

    def ship(self, name, quantity):
        self.add(name, -quantity)
        self.shipped[name] = self.shipped.get(name, 0) + quantity

    def closure(self, name, *, backward=False):
        """Return all lots that can be reached: pass over everything until nothing new."""
        found = {name}
        while True:
            before = len(found)
            for inputs, outputs in self.steps:
                near, far = (outputs, inputs) if backward else (inputs, outputs)
                if found & set(near):
                    found |= set(far)
            if len(found) == before:
                return found
