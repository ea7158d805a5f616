#include "ydoc/codec/update_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ydoc::ByteView bytes(data, size);
  ydoc::fuzz::check_update<ydoc::EncodingV2>(bytes);
  if (!ydoc::Update::decode_v2(bytes)) return 0;
  const auto v1 = ydoc::convert_v2_to_v1(bytes, ydoc::fuzz::kTrusted);
  CHECK(v1);
  ydoc::fuzz::check_conversion(*v1);
  return 0;
}
