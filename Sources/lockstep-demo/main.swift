print("lockstep-demo")
