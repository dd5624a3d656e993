import { playTheme } from './play.ts';

playTheme('dialling');
