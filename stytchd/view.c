/* SPDX-License-Identifier: BSD-2-Clause */
/* One moment's configuration and host names; see view.h. */
#include "config.h"

#include "stytchd/view.h"

#include "stytchd/fingerprint.h"

#include <errno.h>
#include <stdatomic.h>

void
view_holder_open(struct view_holder *holder,
    struct configuration *configuration, const char *root)
{
	(void)pthread_mutex_init(&holder->lock, NULL);
	holder->root = root;
	holder->configuration = configuration_ref(configuration);
	holder->view = NULL;
}

void
view_holder_close(struct view_holder *holder)
{
	view_drop(&holder->view);
	configuration_unref(&holder->configuration);
	(void)pthread_mutex_destroy(&holder->lock);
}

void
view_configure(struct view_holder *holder, struct configuration *configuration)
{
	(void)pthread_mutex_lock(&holder->lock);
	configuration_unref(&holder->configuration);
	holder->configuration = configuration_ref(configuration);
	view_drop(&holder->view);
	(void)pthread_mutex_unlock(&holder->lock);
}

static int
make_view(const struct view_holder *holder, struct view **out_view)
{
	CLEANUP(view_drop) struct view *view = calloc(1, sizeof(*view));
	int result;

	if (view == NULL)
		return -ENOMEM;
	atomic_init(&view->references, 1);
	view->configuration = configuration_ref(holder->configuration);
	result = local_load(holder->root, &view->local);
	if (result == 0)
		result =
		    fingerprint_make(view->configuration, &view->fingerprint);
	if (result != 0)
		return result;
	view->rules = (struct rules){ view->configuration, view->local,
		view->fingerprint };
	*out_view = STEAL(view);
	return 0;
}

int
view_take(struct view_holder *holder, struct view **out_view)
{
	int result = 0;

	(void)pthread_mutex_lock(&holder->lock);
	if (holder->view != NULL && !local_is_current(holder->view->local))
		view_drop(&holder->view);
	if (holder->view == NULL)
		result = make_view(holder, &holder->view);
	if (result == 0) {
		atomic_fetch_add(&holder->view->references, 1);
		*out_view = holder->view;
	}
	(void)pthread_mutex_unlock(&holder->lock);
	return result;
}

void
view_drop(struct view **view)
{
	struct view *dropped = *view;

	*view = NULL;
	if (dropped == NULL || atomic_fetch_sub(&dropped->references, 1) != 1)
		return;
	configuration_unref(&dropped->configuration);
	local_free(&dropped->local);
	string_free(&dropped->fingerprint);
	free(dropped);
}
