import ArgumentParser
import Foundation
import HarborLab
import HarborStandIn
import LocalIO

/// Answers as Harbor does, for a lab that runs.
struct ServeAPI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Answer Harbor's API and registry front for a lab, until this command's input ends or it is interrupted.",
        discussion: """
            Prints what belongs under 'harbor:' in opsd.yaml, and writes the robot's password beside it. The administrator is admin, with the \
            password Harbor12345.
            """)

    @OptionGroup var folder: LabFolder

    func run() async throws {
        let lab = try folder.attach()
        let harbor = try await HarborStandIn.start(lab: lab)
        let password = folder.absolute + "/api/robot-password"
        try Data(harbor.robotPassword.utf8).write(to: URL(filePath: password))
        guard chmod(password, 0o600) == 0 else { throw ExitCode.failure }
        // Unbuffered: whoever started this waits for the lines.
        let text = """
            harbor:
              url: "\(harbor.url)"
              username: "\(harbor.robot)"
              password_file: \(password)
              ca_file: \(harbor.certificateAuthority)

            """
        FileHandle.standardOutput.write(Data(text.utf8))
        Report.say("Harbor's API is answered until this command's input ends (Control-D) or it is interrupted")
        try await onBlockingThread { while readLine() != nil {} }
        harbor.stop()
    }
}
