-- SPDX-License-Identifier: BSD-2-Clause
-- For wrk: BODY in the environment is posted, else users u0 to uPEOPLE-1 are
-- read, one after another by a stride.  One line at the end: requests a
-- second, p50 and p99 in ms, failures.
local body = os.getenv("BODY")
local people = tonumber(os.getenv("PEOPLE") or "1")
local number = 0

if body then
	wrk.method = "POST"
	wrk.body = body
else
	request = function()
		number = (number + 7919) % people
		return wrk.format("GET", "/v1/users/u" .. number)
	end
end

done = function(summary, latency, requests)
	local errors = summary.errors
	io.write(string.format("%.0f %.2f %.2f %d\n",
		summary.requests / (summary.duration / 1e6),
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
