#include "net/frame_compressor.h"

#include <utility>

#include "net/websocket.h"

namespace righttask::net {
namespace {

std::size_t header_size(const Bytes& frame) {
  const std::uint8_t length = frame[1] & 0x7f;
  return length < 126 ? 2 : length == 126 ? 4 : 10;
}

}  // namespace

const SharedBytes& FrameCompressor::smaller(const SharedBytes& frame, Instant now) {
  const Bytes& bytes = *frame;
  if (bytes.size() <= above_ || bytes.size() > kBytesMax) return frame;
  if (bytes.size() - header_size(bytes) <= above_) return frame;
  if (!is_data_frame(bytes)) return frame;
  if (frame_ && (frame_ == frame || *frame_ == bytes)) return smaller_ == frame_ ? frame : smaller_;
  if (!bucket_.try_take(kRate, bytes.size(), now)) {
    ++probe_.skipped_total;
    return frame;
  }
  frame_ = frame;
  smaller_ = compress(bytes);
  if (smaller_->size() >= bytes.size()) return smaller_ = frame_;
  ++probe_.frames_total;
  probe_.bytes_in_total += bytes.size();
  probe_.bytes_out_total += smaller_->size();
  return smaller_;
}

void FrameCompressor::forget() {
  frame_.reset();
  smaller_.reset();
  Bytes().swap(payload_);
}

SharedBytes FrameCompressor::compress(const Bytes& frame) {
  payload_.clear();
  deflater_.deflate(ByteView(frame).subspan(header_size(frame)), payload_);
  Bytes out;
  out.reserve(payload_.size() + 10);
  append_frame_header(out, static_cast<FrameKind>(frame[0] & 0x0f), payload_.size());
  out[0] |= kCompressedBit;
  append(out, payload_);
  return share(std::move(out));
}

}  // namespace righttask::net
