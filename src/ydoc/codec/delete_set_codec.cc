#include "ydoc/codec/delete_set_codec.h"

namespace ydoc {
namespace {

using righttask::fail;
using righttask::kSafeIntegerMax;
using righttask::Reader;

constexpr std::size_t kRangeBytesMin = 2;

/// `end`: where the client's last range ended, which V2 counts from; 0 before the first.
Decoded<DeleteRange> read_range(Reader& reader, DeleteSetForm form, ClientId client, Clock end) {
  const auto first = reader.var_uint();
  if (!first) return fail(first.error());
  const auto second = reader.var_uint();
  if (!second) return fail(second.error());
  const bool v2 = form == DeleteSetForm::v2;
  const DeleteRange range{client, v2 ? end + *first : *first, v2 ? *second + 1 : *second};
  if (range.clock > kSafeIntegerMax || range.length > kSafeIntegerMax - range.clock) {
    return fail(DecodeError::clock_overflow);
  }
  return range;
}

}  // namespace

Decoded<std::vector<DeleteRange>> read_delete_set(Reader& reader, DeleteSetForm form,
                                                  std::size_t ranges_max) {
  const auto clients = reader.var_uint();
  if (!clients) return fail(clients.error());
  if (*clients > reader.left() / 2) return fail(DecodeError::count_exceeds_input);
  std::vector<DeleteRange> ranges;
  std::size_t budget = ranges_max;
  for (std::uint64_t i = 0; i < *clients; ++i) {
    const auto client = reader.var_uint();
    if (!client) return fail(client.error());
    const auto count = reader.var_uint();
    if (!count) return fail(count.error());
    if (*count > reader.left() / kRangeBytesMin) return fail(DecodeError::count_exceeds_input);
    if (*count > budget) return fail(DecodeError::too_many_structs);
    budget -= static_cast<std::size_t>(*count);
    Clock end = 0;
    for (std::uint64_t k = 0; k < *count; ++k) {
      const auto range = read_range(reader, form, *client, end);
      if (!range) return fail(range.error());
      end = range->clock + range->length;
      if (range->length != 0) ranges.push_back(*range);
    }
  }
  return ranges;
}

void write_delete_set(righttask::Writer& writer, DeleteSetForm form,
                      std::span<const DeleteRange> ranges) {
  const auto end_of_client = [&](std::size_t first) {
    std::size_t end = first;
    while (end < ranges.size() && ranges[end].client == ranges[first].client) ++end;
    return end;
  };
  std::size_t clients = 0;
  for (std::size_t i = 0; i < ranges.size(); i = end_of_client(i)) ++clients;
  writer.var_uint(clients);
  for (std::size_t i = 0; i < ranges.size();) {
    const std::size_t end = end_of_client(i);
    writer.var_uint(ranges[i].client);
    writer.var_uint(end - i);
    for (Clock last = 0; i < end; ++i) {
      const DeleteRange& range = ranges[i];
      const bool v2 = form == DeleteSetForm::v2;
      writer.var_uint(v2 ? range.clock - last : range.clock);
      writer.var_uint(v2 ? range.length - 1 : range.length);
      last = range.clock + range.length;
    }
  }
}

}  // namespace ydoc
