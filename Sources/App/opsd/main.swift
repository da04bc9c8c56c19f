import Commands
import Glibc

exit(await OpsdCommand.execute(Array(CommandLine.arguments.dropFirst())))
