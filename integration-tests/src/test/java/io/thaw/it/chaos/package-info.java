/// Random operations on a daemon that is killed again and again, and what has to be true after.
package io.thaw.it.chaos;
