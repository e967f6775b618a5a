/* SPDX-License-Identifier: BSD-2-Clause */
/* The history of the devices of one person. */
#include "config.h"

#include "sandbox/device.h"

#include "sandbox/fraud.h"

/* Since when the owner is seen with that value; it is seen now. */
static cJSON *
see(struct request *rq, const char *owner_id, const char *attribute,
    const char *value)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *details = json_object();
	bool known;

	query_open(&query, rq->store,
	    "SELECT first_seen, last_seen FROM devices WHERE owner_id = ? AND "
	    "attribute = ? AND value = ?",
	    "sss", owner_id, attribute, value);
	known = query_next(&query);
	json_set_bool(details, "is_new", !known);
	json_set_time(details, "first_seen_at",
	    known ? query_int(&query, 0) : rq->now_us);
	json_set_time(details, "last_seen_at",
	    known ? query_int(&query, 1) : rq->now_us);
	query_close(&query);
	store_run(rq->store,
	    "INSERT INTO devices VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT "
	    "(owner_id, attribute, value) DO UPDATE SET last_seen = ?4",
	    "sssi", owner_id, attribute, value, rq->now_us);
	return details;
}

void
device_reply(struct request *rq, const char *owner_id, const char *name)
{
	CLEANUP(json_free)
	cJSON *known = fraud_device(rq, param_string(rq, "telemetry_id"));
	const cJSON *prints = json_get(known, "fingerprints");
	const cJSON *network =
	    json_get(json_get(known, "properties"), "network_properties");
	const cJSON *place = json_get(network, "ip_geolocation");
	const char *visitor = json_string(prints, "visitor_id");
	const char *address = json_string(network, "ip_address");
	const char *country = json_string(place, "country");
	cJSON *device;

	if (visitor == NULL || address == NULL || country == NULL) {
		json_set_null(rq->reply, name);
		return;
	}
	device = json_object();
	json_set_string(device, "visitor_id", visitor);
	json_set(device, "visitor_id_details",
	    see(rq, owner_id, "visitor_id", visitor));
	json_set_string(device, "ip_address", address);
	json_set(device, "ip_address_details",
	    see(rq, owner_id, "ip_address", address));
	json_set_string(device, "ip_geo_city", json_string(place, "city"));
	json_set_string(device, "ip_geo_region", json_string(place, "region"));
	json_set_string(device, "ip_geo_country", country);
	json_set(device, "ip_geo_country_details",
	    see(rq, owner_id, "ip_geo_country", country));
	json_set(rq->reply, name, device);
}

void
device_forget(struct request *rq, const char *owner_id)
{
	store_run(rq->store, "DELETE FROM devices WHERE owner_id = ?", "s",
	    owner_id);
}
