// Preloaded before another target program: the application moves its inspector, as cluster and test runners do.
process.debugPort = Number(process.env.MOVED_PORT);
