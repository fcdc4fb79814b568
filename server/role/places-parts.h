/* places-parts.h - What the files of the module places share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_PLACES_PARTS_H
#define POSTERN_PLACES_PARTS_H

#include "places.h"

/* In places-age.c: tell of a state that an older build made.  */
void places_check_age (config_t config, places_tell tell, void *hook);

#endif /*POSTERN_PLACES_PARTS_H*/
