/* store-file.h - What tells the database of decide from another file.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_STORE_FILE_H
#define POSTERN_STORE_FILE_H

#define STORE_FILE "store.db"
#define STORE_VERSION 4
#define STORE_APPLICATION 0x50737431    /* "Pst1" */

#endif /*POSTERN_STORE_FILE_H*/
