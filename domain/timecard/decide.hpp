#pragma once

#include "domain/kernel/facts.hpp"
#include "domain/timecard/commands.hpp"
#include "domain/timecard/events.hpp"

/// The rules of the time clock (Story 84). Pure: the same inputs give the same events.
namespace musterd {

using timecard_events = std::vector<timecard_event>;

outcome<timecard_events> decide(const timecard_state& state, const clock_in& c, const request_context& ctx,
                                facts& known);
outcome<timecard_events> decide(const timecard_state& state, const clock_out& c, const request_context& ctx,
                                facts& known);
outcome<timecard_events> decide(const timecard_state& state, const start_break& c, const request_context& ctx,
                                facts& known);
outcome<timecard_events> decide(const timecard_state& state, const end_break& c, const request_context& ctx,
                                facts& known);
outcome<timecard_events> decide(const timecard_state& state, const force_clock_out& c,
                                const request_context& ctx, facts& known);
outcome<timecard_events> decide(const timecard_state& state, const get_timecard& c,
                                const request_context& ctx, facts& known);

/// What a decided command answers: `after` already holds its events.
clocked_in_view answer(const timecard_state& after, const clock_in& c, const timecard_events& events,
                       timestamp now);
clocked_out_view answer(const timecard_state& after, const clock_out& c, const timecard_events& events,
                        timestamp now);
break_record answer(const timecard_state& after, const start_break& c, const timecard_events& events,
                    timestamp now);
break_record answer(const timecard_state& after, const end_break& c, const timecard_events& events,
                    timestamp now);
forced_out_view answer(const timecard_state& after, const force_clock_out& c, const timecard_events& events,
                       timestamp now);
timecard_view answer(const timecard_state& after, const get_timecard& c, const timecard_events& events,
                     timestamp now);

}  // namespace musterd
