/* whoami.c - postern whoami: how the server sees one.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include "../ask/batch.h"


int
whoami_verb (const struct options *options)
{
  return batch_verb ("whoami", REQUEST_WHOAMI, options, NULL);
}
