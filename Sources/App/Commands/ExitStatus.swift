import Assembly

/// The exit status of a command that has said already what there is to say.
package struct ExitStatus: Error, Equatable {
    /// What the process exits with, 0 to 255; 0 is success.
    package let code: Int32

    /// A status; 0 ends a command early without a complaint.
    package init(_ code: Int32) { self.code = code }

    /// Something listed was not saved or not found sound.
    package static let partial = ExitStatus(2)

    /// The status that follows from what went wrong: whoever calls opsd from a script decides by it.
    package init(after error: any Error) {
        code = (error as? ControlError)?.exitCode ?? ExitCode.after(error)
    }
}
