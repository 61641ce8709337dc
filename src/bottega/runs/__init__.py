"""The execution layer builds and checks share: states, dispatch, leases, recorder, logs."""
