from picows.picows cimport WSCloseHandshake, WSFrame, WSListener, WSMsgType as MessageType, WSTransport

cdef MessageType _TEXT


cdef class MediaSocket(WSListener):
    cdef public object _on_open, _on_gone, _hear, _ping, _leg
    cdef public WSTransport _transport
    cdef public list _messages
    cdef public bytearray _fragments
    cdef public bint _skipping, _keeps_up
    cdef public object _code
    cpdef attach(self, leg)
    cpdef send(self, data)
    cpdef gather(self, least_bytes)
    cpdef close(self, code)
    cpdef on_ws_connected(self, WSTransport transport)
    cpdef on_ws_frame(self, WSTransport transport, WSFrame frame)
    cpdef on_ws_disconnected(self, WSTransport transport)
    cpdef pause_writing(self)
    cpdef resume_writing(self)
    cpdef _tell(self)
    cpdef _take_other(self, WSTransport transport, WSFrame frame)
    cpdef _take_fragment(self, WSFrame frame)
    cpdef _unwanted(self, fault)
