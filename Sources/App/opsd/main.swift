import Commands
import Glibc

// Before any thread exists, since the kernel keeps these capabilities for each thread.
OpsdCommand.dropInheritedRights()
exit(await OpsdCommand.execute(Array(CommandLine.arguments.dropFirst())))
