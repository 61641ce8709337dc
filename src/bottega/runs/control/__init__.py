"""The control plane's side of the messaging: streams, answers to agents, the recorder's intake, the periodic scans."""
