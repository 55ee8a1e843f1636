#pragma once

#include <array>
#include <string_view>

/// The headers by which messages are handled. All others are only shown, as far as they are kept
/// (amqp_codec::kept_headers).
namespace musterd {

inline constexpr std::string_view key_header = "key", traceparent_header = "traceparent";
/// See `event_seal`.
inline constexpr std::string_view seal_header = "x-seal";
/// What `received_event::attempts` is read from.
inline constexpr std::string_view attempts_header = "x-attempts";
/// By which the sweeper finds the copy of a letter.
inline constexpr std::string_view letter_header = "x-letter";

inline constexpr std::array handled_by{key_header, traceparent_header, seal_header, attempts_header,
                                       letter_header};

/// Of how many headers of a message all or part was not kept; our note, among those that were.
inline constexpr std::string_view left_out_header = "x-left-out";

}  // namespace musterd
