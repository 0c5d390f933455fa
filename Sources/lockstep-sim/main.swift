import Glibc
import MirrorSimulator

let answer = await SimulatorProgram(Array(CommandLine.arguments.dropFirst())).run()
exit(answer)
