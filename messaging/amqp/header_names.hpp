#pragma once

#include <array>
#include <string_view>

/// The headers messages are handled by. Others are only displayed, as far as they are kept
/// (amqp_codec::kept_headers).
namespace musterd {

inline constexpr std::string_view key_header = "key", traceparent_header = "traceparent";
/// See `event_seal`.
inline constexpr std::string_view seal_header = "x-seal";
/// Source of `received_event::attempts`.
inline constexpr std::string_view attempts_header = "x-attempts";
/// Lets the sweeper find a letter's copy.
inline constexpr std::string_view letter_header = "x-letter";

inline constexpr std::array handled_by{key_header, traceparent_header, seal_header, attempts_header,
                                       letter_header};

/// Our own note: how many headers were dropped in whole or in part.
inline constexpr std::string_view left_out_header = "x-left-out";

}  // namespace musterd
