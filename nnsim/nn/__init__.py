"""What a network is made of: activations, initializers, losses, and the network bound to its arrays."""
