from picows.picows cimport WSCloseHandshake, WSFrame, WSListener, WSMsgType as MessageType, WSTransport

cdef MessageType _TEXT


cdef class KallglotStream(WSListener):
    cdef public object _listener, _policy, _joined, _verdict, _lost
    cdef public WSTransport _transport
    cdef public bint _is_text, _closing
    cpdef send(self, data)
    cpdef close(self, code=*)
    cpdef abort(self)
    cpdef on_ws_connected(self, WSTransport transport)
    cpdef on_ws_frame(self, WSTransport transport, WSFrame frame)
    cpdef on_ws_disconnected(self, WSTransport transport)
    cpdef pause_writing(self)
    cpdef resume_writing(self)
    cpdef _take_fragment(self, WSTransport transport, WSFrame frame, listener)
    cpdef _break_off(self, WSTransport transport, code, why)
    cpdef _close_received(self, WSTransport transport, WSFrame frame)
    cpdef _end(self, WSTransport transport)
    cpdef _tell_closed(self, code, reason)
