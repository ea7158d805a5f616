#include "ydoc/codec/update_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ydoc::ByteView bytes(data, size);
  ydoc::fuzz::check_update<ydoc::EncodingV1>(bytes);
  if (ydoc::Update::decode_v1(bytes)) ydoc::fuzz::check_conversion(bytes);
  return 0;
}
