cdef class CallCounts:
    cdef public long long frames_in, bytes_in, frames_out, bytes_out
    cdef public long long gap_frames, reordered, duplicates, late, odd_frames, stalls, underruns, concealed_ms
    cdef public long long chunks_out, outputs_in, marks_sent, marks_played, marks_cleared, digits, clears, heard_ms
    cdef public object other_messages, carrier_faults, dropped
