"""The provisioners that come with scs, each by its own rules and all by the conformance suite."""
