import CLibcurl
import Glibc

/// The functions that libcurl calls; those for data find their ``TransferContext`` behind the pointer they get.
enum TransferCallbacks {
    /// One line of the answer's head.
    static let header: opsd_curl_data_callback = { data, size, count, pointer in
        guard let context = context(pointer) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return context.receive(line: bytes) ? bytes.count : 0
    }

    /// A part of the answer's body.
    static let write: opsd_curl_data_callback = { data, size, count, pointer in
        guard let context = context(pointer) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return context.receive(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
    }

    /// Asks for a part of the request's body.
    static let read: opsd_curl_data_callback = { data, size, count, pointer in
        guard let context = context(pointer) else { return Int(CURL_READFUNC_ABORT) }
        return context.fill(UnsafeMutableRawBufferPointer(start: data, count: size * count)) ?? Int(CURL_READFUNC_PAUSE)
    }

    /// Asks to send the request's body again, on another connection.
    static let seek: curl_seek_callback = { pointer, offset, origin in
        guard origin == SEEK_SET, let context = context(pointer), context.rewind(to: Int(offset)) else { return CURL_SEEKFUNC_FAIL }
        return CURL_SEEKFUNC_OK
    }

    /// Makes a descriptor that no child process inherits; the library closes it.
    static let openSocket: curl_opensocket_callback = { _, _, address in
        guard let address = address?.pointee else { return -1 }
        return socket(address.family, address.socktype | opsd_curl_sock_cloexec, address.`protocol`)
    }

    private static func context(_ pointer: UnsafeMutableRawPointer?) -> TransferContext? {
        pointer.map { Unmanaged<TransferContext>.fromOpaque($0).takeUnretainedValue() }
    }
}
