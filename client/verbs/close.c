/* close.c - postern close: one's own grants end now.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include "../ask/batch.h"


int
close_verb (const struct options *options)
{
  return batch_verb ("close", REQUEST_CLOSE, options, NULL);
}
