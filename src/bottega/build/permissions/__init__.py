"""Who may do what with build tasks: a matrix of roles and actions for each project, and for tasks with their own."""
