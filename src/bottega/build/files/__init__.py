"""The file manager ("keystore" on the wire): small secret files of a tenant, for its builds."""
